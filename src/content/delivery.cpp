// SPDX-License-Identifier: MIT
#include "delivery.hpp"

namespace g2afs {

Task<> Delivery::run(std::shared_ptr<ContentFile> file, std::shared_ptr<Delivery> delivery) {
  // By destructor: a cancelled one leaves the file's list too.
  struct Ending {
    ContentFile& file;
    Delivery& delivery;
    ~Ending() {
      delivery.ended = true;
      delivery.leave();
      file.ended(delivery);
      delivery.progress.notify_all();
    }
  } ending{*file, *delivery};
  delivery->error = co_await delivery->bring();
}

}  // namespace g2afs
